# The rooms of the house, left to right, each with the rooms it links. tests/tidy checks that the
# includes agree with docs/architecture.md.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibArchive REQUIRED)
find_package(simdjson REQUIRED)
include(cmake/sodium.cmake)
include(cmake/isal.cmake)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
include(cmake/hdf5.cmake)
find_package(fmt REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)

pigou_room(core Threads::Threads)
pigou_room(io pigou_core ZLIB::ZLIB simdjson::simdjson nlohmann_json::nlohmann_json pigou_hdf5)
pigou_room(trace pigou_io sodium::sodium)
target_link_libraries(pigou_io PUBLIC LibArchive::LibArchive)
target_link_libraries(pigou_io PRIVATE isal::isal ${YAML_CPP_LIBRARIES})
pigou_room(model pigou_io)
include(cmake/embed.cmake)
pigou_room(scoring pigou_core pigou_thrust)
pigou_room(workload pigou_trace)
if(TARGET test_trace)  # broken files that are read must also survive being cut into segments
  target_link_libraries(test_trace PRIVATE pigou_workload)
endif()
pigou_room(cluster pigou_workload pigou_model)
pigou_room(view pigou_cluster)
pigou_room(routing pigou_view pigou_scoring)
pigou_room(control pigou_view)
pigou_room(simulation pigou_routing pigou_control)
pigou_room(game pigou_cluster)
pigou_room(scenario pigou_simulation)
pigou_room(study pigou_scenario pigou_game)
if(TARGET test_game)  # bounds are held against what routers really cost
  target_link_libraries(test_game PRIVATE pigou_simulation)
  target_sources(test_game PRIVATE ${PROJECT_SOURCE_DIR}/tests/simulation/random_scenario.cpp
    ${PROJECT_SOURCE_DIR}/tests/simulation/random_classes.cpp)
endif()
pigou_room(output pigou_study pigou_version)
target_link_libraries(pigou_output PRIVATE fmt::fmt-header-only)
pigou_room(cli pigou_output Boost::program_options)

# The scoring room has one of two CUDA backends: the real one, or one that says it is absent.
if(PIGOU_HAS_CUDA)
  find_package(CUDAToolkit REQUIRED)
  target_sources(pigou_scoring PRIVATE
    ${PROJECT_SOURCE_DIR}/src/scoring/cuda/backend.cpp
    ${PROJECT_SOURCE_DIR}/kernels/score_choose_launcher.cu)
  # -fmad=false: choices must equal the CPU's exactly, so no product may be fused into a sum.
  target_compile_options(pigou_scoring PRIVATE
    $<$<COMPILE_LANGUAGE:CUDA>:-fmad=false -Werror=all-warnings>)
  target_link_libraries(pigou_scoring PUBLIC CUDA::cudart_static)
else()
  target_sources(pigou_scoring PRIVATE ${PROJECT_SOURCE_DIR}/src/scoring/cuda/absent.cpp)
endif()

if(EXISTS ${PROJECT_SOURCE_DIR}/src/cli/main.cpp)
  add_executable(pigou ${PROJECT_SOURCE_DIR}/src/cli/main.cpp)
  target_link_libraries(pigou PRIVATE pigou_cli)
  set_target_properties(pigou PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  if(TARGET test_cli)
    add_dependencies(test_cli pigou)
  endif()
endif()
