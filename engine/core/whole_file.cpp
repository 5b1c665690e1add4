#include "engine/core/whole_file.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fxs {

std::string readWholeFile(const std::string& path, std::uint64_t largest) {
    std::error_code problem;
    if (std::filesystem::is_directory(path, problem))
        throw Error(ErrorCode::badInput, "it is a folder, expected a file");
    if (const auto size = std::filesystem::file_size(path, problem); !problem && size > largest)
        throw Error(ErrorCode::badInput, fmt::format("it has {} bytes, expected at most {}", size, largest));
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        const int why = errno;
        throw Error(why == EACCES ? ErrorCode::noPermission : ErrorCode::notFound, std::strerror(why));
    }
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (file.bad())
        throw Error(ErrorCode::io, std::strerror(errno));
    return bytes;
}

} // namespace fxs
