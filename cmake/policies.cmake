# Policies from outside the tree: every *.cpp of a folder is compiled in, and each `foo_bar.cpp` is
# expected to define `pigou::PolicyInfo foo_bar_policy()`, which joins the table of policies.
set(PIGOU_POLICY_DIR "" CACHE PATH "Folder of your own policies, built into pigou")

# pigou_add_policies(<target> <folder>): adds the folder's policies to <target>, which must compile
# src/routing/policy_table.cpp itself.
function(pigou_add_policies target folder)
  if(NOT IS_DIRECTORY ${folder})
    message(FATAL_ERROR "PIGOU_POLICY_DIR is '${folder}' (no such folder): give an existing one")
  endif()
  get_filename_component(folder ${folder} ABSOLUTE)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  if(NOT sources)
    message(FATAL_ERROR "PIGOU_POLICY_DIR ${folder} holds no policy (no *.cpp in it): put "
                        "my_policy.cpp there, which defines pigou::my_policy_policy()")
  endif()
  set(list "")
  set(names "")
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    string(APPEND list "PIGOU_POLICY(${name}_policy)\n")
    list(APPEND names ${name})
  endforeach()
  set(file ${PROJECT_BINARY_DIR}/generated/${target}_policies.inc)
  file(CONFIGURE OUTPUT ${file} CONTENT "${list}" @ONLY)
  target_sources(${target} PRIVATE ${sources})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include
    ${PROJECT_BINARY_DIR}/generated)
  target_compile_definitions(${target} PRIVATE PIGOU_POLICY_DIR_LIST="${target}_policies.inc")
  message(STATUS "Pigou: policies from ${folder} in ${target}: ${names}")
endfunction()

if(PIGOU_POLICY_DIR)
  pigou_add_policies(pigou_routing ${PIGOU_POLICY_DIR})
endif()
