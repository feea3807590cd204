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
