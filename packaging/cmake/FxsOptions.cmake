# Compiler settings shared by every target of the project.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(GNUInstallDirs)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(FXS_CCACHE ccache)
if(FXS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${FXS_CCACHE})
endif()

add_library(fxs_options INTERFACE)
add_library(fxs::options ALIAS fxs_options)
target_include_directories(fxs_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
# QT_NO_KEYWORDS: the macro `emit` breaks oneTBB's headers.
target_compile_definitions(fxs_options INTERFACE QT_NO_KEYWORDS)
target_compile_options(fxs_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-unused-parameter -Wno-missing-field-initializers)
if(FXS_WARNINGS_AS_ERRORS)
  target_compile_options(fxs_options INTERFACE -Werror)
endif()

if(FXS_SANITIZE STREQUAL "asan")
  # vptr checks need RTTI of oneTBB's hidden types.
  set(flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-omit-frame-pointer)
elseif(FXS_SANITIZE STREQUAL "tsan")
  set(flags -fsanitize=thread)
elseif(FXS_SANITIZE)
  message(FATAL_ERROR "FXS_SANITIZE is '${FXS_SANITIZE}', expected empty, asan or tsan")
endif()
if(FXS_SANITIZE)
  target_compile_options(fxs_options INTERFACE ${flags})
  target_link_options(fxs_options INTERFACE ${flags})
endif()
