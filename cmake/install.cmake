# cmake --install: bin/pigou; under share/pigou what a user reads and runs; and for programs that
# embed Pigou include/pigou, libpigou.a and the CMake package pigou (examples/CMakeLists.txt).
include(GNUInstallDirs)
if(TARGET pigou)
  install(TARGETS pigou RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
foreach(folder scenarios traces)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${folder})
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_DATADIR}/pigou)
  endif()
endforeach()
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The rooms that the public headers speak of, and what these link, in one archive.
add_library(pigou_library STATIC)
foreach(room core io trace workload model scoring cluster view routing simulation scenario)
  target_sources(pigou_library PRIVATE $<TARGET_OBJECTS:pigou_${room}>)
endforeach()
set_target_properties(pigou_library PROPERTIES OUTPUT_NAME pigou LINKER_LANGUAGE CXX)
install(TARGETS pigou_library ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The public headers include headers of src and kernels by paths that only this tree has. Installed,
# those lie below include/pigou/detail, and every include says so: one -I serves, and no "core/..."
# of ours can take the place of somebody else's.
set(headers ${PROJECT_BINARY_DIR}/generated/installed)
install(CODE "set(PIGOU_SOURCE \"${PROJECT_SOURCE_DIR}\")\nset(PIGOU_HEADERS \"${headers}\")")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/installed_headers.cmake)
install(DIRECTORY ${headers}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# Libraries that find_package() finds by itself are found where the program is built; the others are
# those of this build.
set(PIGOU_LINKED "${PIGOU_ISAL_LIBRARY};${PIGOU_SODIUM_LIBRARY}")
if(PIGOU_HDF5_ARCHIVES_SUFFICE)
  list(APPEND PIGOU_LINKED ${PIGOU_HDF5_ARCHIVE} ${PIGOU_SZ_ARCHIVE} ${PIGOU_AEC_ARCHIVE})
else()
  list(APPEND PIGOU_LINKED ${HDF5_C_LIBRARIES})
endif()
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/pigou)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/pigouConfig.cmake.in
  ${PROJECT_BINARY_DIR}/generated/pigouConfig.cmake INSTALL_DESTINATION ${package}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/generated/pigouConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/generated/pigouConfig.cmake
  ${PROJECT_BINARY_DIR}/generated/pigouConfigVersion.cmake DESTINATION ${package})

# Instrumented archives link into instrumented programs only.
if(BUILD_TESTING AND TARGET pigou AND NOT PIGOU_SANITIZE AND NOT PIGOU_SANITIZE_THREADS)
  add_test(NAME examples.an_installed_pigou_is_embedded_without_its_source
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DBUILD=${PROJECT_BINARY_DIR}
            -DGENERATOR=${CMAKE_GENERATOR} -DCOMPILER=${CMAKE_CXX_COMPILER}
            -P ${PROJECT_SOURCE_DIR}/cmake/install_test.cmake)
  set_tests_properties(examples.an_installed_pigou_is_embedded_without_its_source
    PROPERTIES LABELS examples)
endif()
