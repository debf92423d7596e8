# wordmill.node: the engine's objects and the Node-API edge in one module.
file(GLOB addon_sources CONFIGURE_DEPENDS node/*.cpp)
add_library(wordmill_addon MODULE ${addon_sources} ${CMAKE_JS_SRC} $<TARGET_OBJECTS:wordmill_kernels>
  $<TARGET_OBJECTS:wordmill_engine>)
set_target_properties(wordmill_addon PROPERTIES PREFIX "" OUTPUT_NAME wordmill SUFFIX .node)
target_include_directories(wordmill_addon PRIVATE include)
target_include_directories(wordmill_addon SYSTEM PRIVATE ${CMAKE_JS_INC})
target_link_libraries(wordmill_addon PRIVATE ${CMAKE_JS_LIB} Threads::Threads ${CMAKE_DL_LIBS})
target_compile_definitions(wordmill_addon PRIVATE
  NAPI_VERSION=8
  NODE_ADDON_API_CPP_EXCEPTIONS_ALL
  NODE_ADDON_API_DISABLE_DEPRECATED
  NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS
  NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED)
wordmill_sanitize(wordmill_addon)

# The engine may be in the same process a second time, as libwordmill: its symbols stay inside each of the two.
if(APPLE)
  target_link_options(wordmill_addon PRIVATE -undefined dynamic_lookup)
else()
  target_link_options(wordmill_addon PRIVATE -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/addon.map
    $<$<CONFIG:Release>:-s>)
  set_target_properties(wordmill_addon PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/addon.map)
endif()
