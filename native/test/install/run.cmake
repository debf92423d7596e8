# Installs the library of ${BUILD} into a folder of its own, and builds and runs this project against it.
set(prefix ${BUILD}/installed)
set(outside ${BUILD}/outside)
file(REMOVE_RECURSE ${prefix} ${outside})
foreach(step IN ITEMS
    "--install|${BUILD}|--prefix|${prefix}"
    "-S|${CMAKE_CURRENT_LIST_DIR}|-B|${outside}|-DCMAKE_PREFIX_PATH=${prefix}|-DCMAKE_C_COMPILER=${COMPILER}"
    "--build|${outside}")
  string(REPLACE "|" ";" arguments "${step}")
  execute_process(COMMAND ${CMAKE_COMMAND} ${arguments} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND ${outside}/train ${outside}/text.txt COMMAND_ERROR_IS_FATAL ANY)
