# Installs BUILD into a scratch folder and builds examples/embed.cpp of SOURCE there, where nothing
# but what was installed can be found.
set(scratch ${BUILD}/install-test)
file(REMOVE_RECURSE ${scratch})
file(COPY ${SOURCE}/examples/CMakeLists.txt ${SOURCE}/examples/embed.cpp
     DESTINATION ${scratch}/program)

function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN} failed (exit ${code}):\n${out}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

must(${CMAKE_COMMAND} --install ${BUILD} --prefix ${scratch}/prefix)
must(${CMAKE_COMMAND} -S ${scratch}/program -B ${scratch}/build -G ${GENERATOR}
     -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${scratch}/prefix
     -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
# The scratch folder may lie in the source tree: its own paths do not count.
file(READ ${scratch}/build/compile_commands.json commands)
string(REPLACE "${scratch}" "" commands "${commands}")
if(commands MATCHES "${SOURCE}")
  message(FATAL_ERROR "the program is compiled with paths of the source: ${commands}")
endif()
must(${CMAKE_COMMAND} --build ${scratch}/build)
must(${scratch}/build/embed)
if(NOT out MATCHES "2000 of 2000 finished")
  message(FATAL_ERROR "the program said: ${out}")
endif()
file(REMOVE_RECURSE ${scratch})
