#include "cli/command.hpp"

int main(int argc, char** argv) { return pigou::run_program(argc, argv); }
