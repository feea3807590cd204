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

# The page lists the policies of the tree; a build with others has more.
if(NOT PIGOU_POLICY_DIR)
  add_test(NAME docs.page_of_routers_is_current
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_router_docs --check
            --program $<TARGET_FILE:pigou>)
  set_tests_properties(docs.page_of_routers_is_current PROPERTIES LABELS docs)
endif()
add_test(NAME docs.page_on_policies_shows_the_example_as_it_is
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tidy/example_page.py
          ${PROJECT_SOURCE_DIR})
set_tests_properties(docs.page_on_policies_shows_the_example_as_it_is PROPERTIES LABELS docs)

# Compiled as a stranger would: public headers only, warnings as they come.
add_executable(embed ${PROJECT_SOURCE_DIR}/examples/embed.cpp)
target_include_directories(embed PRIVATE ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(embed PRIVATE pigou_scenario)
add_test(NAME examples.an_embedding_program_runs_a_policy_of_its_own COMMAND embed)
set_tests_properties(examples.an_embedding_program_runs_a_policy_of_its_own
  PROPERTIES LABELS examples PASS_REGULAR_EXPRESSION "2000 of 2000 finished")

# Policies from another folder, as -DPIGOU_POLICY_DIR=examples/policy builds them: the program and
# the folder's own test with a table that has them, and the option itself as far as configuring.
set(example_policies ${PROJECT_SOURCE_DIR}/examples/policy)
set(policy_table ${PROJECT_SOURCE_DIR}/src/routing/policy_table.cpp)
add_executable(pigou_example_policy ${PROJECT_SOURCE_DIR}/src/cli/main.cpp ${policy_table})
pigou_add_policies(pigou_example_policy ${example_policies})
target_link_libraries(pigou_example_policy PRIVATE pigou_cli)
add_test(NAME examples.a_policy_from_another_folder_is_compared_by_name
  COMMAND pigou_example_policy compare scenarios/quickstart.json --seeds 1
          --router warm-then-idle:max_prefill_tokens=4096 --router least-outstanding
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(examples.a_policy_from_another_folder_is_compared_by_name
  PROPERTIES LABELS examples PASS_REGULAR_EXPRESSION
             "difference from warm-then-idle:max_prefill_tokens=4096")

add_executable(test_example_policy ${example_policies}/test/warm_then_idle_test.cpp
  ${example_policies}/test/tempered_load_test.cpp ${policy_table})
pigou_add_policies(test_example_policy ${example_policies})
target_include_directories(test_example_policy PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(test_example_policy PRIVATE pigou_routing GTest::gtest_main)
gtest_discover_tests(test_example_policy TEST_PREFIX examples. DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS examples)

# The same policy put into the tree, as section 3 of the page says: its own includes, and its line
# at the end of the table's list.
set(in_tree ${PROJECT_BINARY_DIR}/generated/in_tree)
file(READ ${example_policies}/warm_then_idle.cpp source)
string(REPLACE "#include \"pigou/policy.hpp\""
  "#include \"routing/policy.hpp\"\n#include \"routing/parts/fleet_side.hpp\"" source "${source}")
file(CONFIGURE OUTPUT ${in_tree}/warm_then_idle.cpp CONTENT "${source}" @ONLY)
file(READ ${PROJECT_SOURCE_DIR}/src/routing/policies.inc lines)
file(CONFIGURE OUTPUT ${in_tree}/routing/policies.inc
  CONTENT "${lines}PIGOU_POLICY(warm_then_idle_policy)\n" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${example_policies}/warm_then_idle.cpp ${PROJECT_SOURCE_DIR}/src/routing/policies.inc)
add_executable(test_in_tree_policy ${example_policies}/test/warm_then_idle_test.cpp
  ${in_tree}/warm_then_idle.cpp ${policy_table})
target_include_directories(test_in_tree_policy BEFORE PRIVATE ${in_tree})
target_include_directories(test_in_tree_policy PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(test_in_tree_policy PRIVATE pigou_routing GTest::gtest_main)
gtest_discover_tests(test_in_tree_policy TEST_PREFIX examples.in_tree. DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS examples)

add_test(NAME examples.the_policy_folder_option_finds_its_policies
  COMMAND ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR} -B ${PROJECT_BINARY_DIR}/policy-dir
          -G ${CMAKE_GENERATOR} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DPIGOU_CUDA=OFF
          -DBUILD_TESTING=OFF -DPIGOU_POLICY_DIR=${example_policies})
set_tests_properties(examples.the_policy_folder_option_finds_its_policies
  PROPERTIES LABELS examples
             PASS_REGULAR_EXPRESSION "in pigou_routing: tempered_load;warm_then_idle")
