# The house rules as a test: include order of the rooms, sizes, banned words.
if(BUILD_TESTING)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_test(NAME tidy.house_rules
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tidy/house_rules.py
            ${PROJECT_SOURCE_DIR})
  add_test(NAME tidy.house_rules_catch_what_they_should
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tidy/house_rules_test.py)
  set_tests_properties(tidy.house_rules tidy.house_rules_catch_what_they_should
    PROPERTIES LABELS tidy)
endif()
