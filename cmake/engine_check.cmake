# The engine against a small model of vLLM's scheduler in Python: docs/engine-check.md.
if(BUILD_TESTING)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_executable(step_log ${PROJECT_SOURCE_DIR}/tests/engine_check/step_log.cpp)
  target_link_libraries(step_log PRIVATE pigou_experiment)
  add_test(NAME engine_check.sees_faults_planted_in_the_model
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/engine_check/mutants.py
            --program $<TARGET_FILE:step_log>)
  set_tests_properties(engine_check.sees_faults_planted_in_the_model
    PROPERTIES LABELS engine_check TIMEOUT 600)
  foreach(kind aggregated split)
    add_test(NAME engine_check.${kind}_steps_are_those_of_the_model
      COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/engine_check/check.py
              --program $<TARGET_FILE:step_log> --kind ${kind})
    set_tests_properties(engine_check.${kind}_steps_are_those_of_the_model
      PROPERTIES LABELS engine_check TIMEOUT 600)
  endforeach()
endif()
