# What stands outside the rooms and could rot unseen: the embedding example, the generated page of
# routers, and the replay of a measured run.
if(NOT BUILD_TESTING OR NOT TARGET pigou)
  return()
endif()

add_test(NAME fidelity.makespan_of_the_measured_run_is_within_ten_percent
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/fidelity --check
          --program $<TARGET_FILE:pigou>)
set_tests_properties(fidelity.makespan_of_the_measured_run_is_within_ten_percent
  PROPERTIES LABELS fidelity SKIP_RETURN_CODE 77)

add_test(NAME docs.page_of_routers_is_current
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_router_docs --check
          --program $<TARGET_FILE:pigou>)
set_tests_properties(docs.page_of_routers_is_current PROPERTIES LABELS docs)

# Compiled as a stranger would: public headers only, warnings as they come.
add_executable(embed ${PROJECT_SOURCE_DIR}/examples/embed.cpp)
target_include_directories(embed PRIVATE ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(embed PRIVATE pigou_experiment)
add_test(NAME examples.an_embedding_program_runs_a_policy_of_its_own COMMAND embed)
set_tests_properties(examples.an_embedding_program_runs_a_policy_of_its_own
  PROPERTIES LABELS examples PASS_REGULAR_EXPRESSION "2000 of 2000 finished")
