#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace fxs::app {

/// Where a command writes. The same two options for every command that does.
struct OutputOptions {
    std::string path;
    bool force = false;

    void describe(CLI::App& app, const std::string& what, const std::string& typeName) {
        app.add_option("-o,--output", path, what)->required()->type_name(typeName);
        app.add_flag("--force", force, "overwrite what is already there");
    }
};

} // namespace fxs::app
