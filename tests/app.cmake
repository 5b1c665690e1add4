find_package(CLI11 2.1 REQUIRED)
find_package(nlohmann_json 3 REQUIRED)

fxs_add_test(app/fxs/tst_progress_printer LIBS fxs_cli)
fxs_add_test(app/fxs/tst_setting_options LIBS fxs_cli)
fxs_add_test(app/fxs/tst_signal_watch LIBS fxs_cli)

# These run the program itself.
foreach(name tst_fxs_bad_input tst_fxs_chain tst_fxs_geometry tst_fxs_interrupt tst_fxs_usage)
  fxs_add_test(app/fxs/${name} LIBS nlohmann_json::nlohmann_json)
  add_dependencies(${name} fxs)
  target_compile_definitions(${name} PRIVATE FXS_PROGRAM="$<TARGET_FILE:fxs>")
endforeach()
