# Built with the tests but not run as one: see README.md.
add_executable(fxs_benchmark_correlation ${CMAKE_CURRENT_LIST_DIR}/correlation.cpp)
target_link_libraries(fxs_benchmark_correlation PRIVATE fxs::engine)
