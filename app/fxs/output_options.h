#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace fxs::app {

/// Where a command writes. The same two options for every command that does.
struct OutputOptions {
    std::string path;
    bool force = false;

    void describe(CLI::App& app, const std::string& what, const std::string& typeName);
    /// Throws: Error(exists) if the output is there and may not be replaced. Asked before long work; the writer asks
    /// again.
    void requireFree() const { requireFree(path, force); }
    static void requireFree(const std::string& path, bool force);
};

} // namespace fxs::app
