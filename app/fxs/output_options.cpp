#include "app/fxs/output_options.h"

#include "engine/core/error.h"

#include <filesystem>

namespace fxs::app {

void OutputOptions::describe(CLI::App& app, const std::string& what, const std::string& typeName) {
    app.add_option("-o,--output", path, what)->required()->type_name(typeName);
    app.add_flag("--force", force, "overwrite what is already there");
}

void OutputOptions::requireFree(const std::string& path, bool force) {
    std::error_code error;
    if (!force && !path.empty() && std::filesystem::exists(path, error))
        throw Error(ErrorCode::exists, path + " is already there; --force overwrites it");
}

} // namespace fxs::app
