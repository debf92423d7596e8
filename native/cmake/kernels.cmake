# Each hot loop is compiled once for each instruction set of the target architecture. The vector code is written
# out by hand, so the compiler may neither reorder nor contract more than the flags below say.
file(GLOB kernel_sources CONFIGURE_DEPENDS src/kernels/*.cpp)
set(x86 "^(x86_64|AMD64|amd64)$")
set(arm "^(aarch64|arm64|ARM64)$")
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES ${x86})
  list(FILTER kernel_sources EXCLUDE REGEX "kernels_avx")
endif()
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES ${arm})
  list(FILTER kernel_sources EXCLUDE REGEX "kernels_neon")
endif()

# What the benchmarks call the scalar fallback: one number at a time, each operation rounded.
set(flags_scalar -fno-tree-vectorize -fno-tree-slp-vectorize -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(flags_scalar -fno-vectorize -fno-slp-vectorize -ffp-contract=off)
endif()
set(flags_avx2 -mavx2 -mfma -mf16c -mbmi2)
set(flags_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c -mbmi2 -mprefer-vector-width=512)
set(flags_neon "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND flags_avx512 -Wno-uninitialized -Wno-maybe-uninitialized) # GCC's own header, https://gcc.gnu.org/PR105593
endif()

foreach(source IN LISTS kernel_sources)
  get_filename_component(name ${source} NAME_WE)
  if(name MATCHES "^kernels_(.+)$")
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${flags_${CMAKE_MATCH_1}}")
  endif()
endforeach()

# Without ThreadSanitizer: lock-free updates of shared rows are meant to race.
add_library(wordmill_kernels OBJECT ${kernel_sources})
target_include_directories(wordmill_kernels PUBLIC include src)
target_compile_options(wordmill_kernels PRIVATE -fno-math-errno -fno-trapping-math)
wordmill_sanitize(wordmill_kernels EXCEPT thread)
