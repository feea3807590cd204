# Embeds text files into a room: each becomes a function returning its bytes.
# Run with -P it writes one .cpp (the build step); included, it offers pigou_embed().
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${INPUT} bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(WRITE ${OUTPUT}
       "#include \"${HEADER}\"\n\nnamespace {\n\n"
       "constexpr unsigned char kBytes[] = {\n${bytes}};\n\n}  // namespace\n\n"
       "namespace pigou {\n\nstd::string_view ${FUNCTION}() {\n"
       "  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};\n}\n\n"
       "}  // namespace pigou\n")
  return()
endif()

# pigou_embed(<target> <header> <function> <file>): <header> declares `std::string_view function()`.
function(pigou_embed target header function input)
  set(output ${PROJECT_BINARY_DIR}/embedded/${function}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DHEADER=${header}
            -DFUNCTION=${function} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${input} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

set(catalogue ${PROJECT_SOURCE_DIR}/src/model/catalogue)
pigou_embed(pigou_model model/catalogue_text.hpp gpus_text ${catalogue}/gpus.json)
pigou_embed(pigou_model model/catalogue_text.hpp models_text ${catalogue}/models.json)
pigou_embed(pigou_model model/catalogue_text.hpp step_rows_text ${catalogue}/step_rows.json)
