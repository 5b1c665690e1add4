#include "engine/backend/checkpoint_folder.h"

#include "engine/core/error.h"
#include "engine/io/hdf5.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <vector>

namespace fxs {

namespace {

namespace fs = std::filesystem;

/// The numbered folders, rising.
std::vector<unsigned> numbersIn(const std::string& folder) {
    std::vector<unsigned> numbers;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        const std::string name = it->path().filename().string();
        unsigned number = 0;
        const auto [last, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (problem == std::errc() && last == name.data() + name.size())
            numbers.push_back(number);
    }
    std::ranges::sort(numbers);
    return numbers;
}

std::string numbered(const std::string& folder, unsigned number) {
    return fmt::format("{}/{:06}", folder, number);
}

} // namespace

CheckpointFolder::CheckpointFolder(std::string path)
    : m_name(fs::path(path).filename().string()), m_folder(path.empty() ? path : path + ".checkpoint") {}

std::optional<std::string> CheckpointFolder::newest() const {
    if (m_folder.empty())
        return std::nullopt;
    std::vector<unsigned> numbers = numbersIn(m_folder);
    for (; !numbers.empty(); numbers.pop_back()) {
        const std::string file = numbered(m_folder, numbers.back()) + "/" + m_name;
        std::error_code error;
        if (fs::exists(file, error))
            return file;
    }
    return std::nullopt;
}

void CheckpointFolder::keep(const std::function<void(const std::string&)>& write) {
    if (m_folder.empty())
        return;
    const std::vector<unsigned> older = numbersIn(m_folder);
    const std::string folder = numbered(m_folder, older.empty() ? 1 : older.back() + 1);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw Error(ErrorCode::noPermission, fmt::format("making the folder {}: {}", folder, error.message()));
    write(folder + "/" + m_name);
    for (const unsigned number : older)
        fs::remove_all(numbered(m_folder, number), error);
}

void CheckpointFolder::remove() noexcept {
    std::error_code ignored; // what stays behind is of no harm: a resumed job takes what has more frames
    if (!m_folder.empty())
        fs::remove_all(m_folder, ignored);
}

std::uint64_t framesIn(const std::string& correlationFile) noexcept {
    try {
        const auto frames =
            h5::File::open(correlationFile).dataset("entry/harmonics/frames").readVector<std::uint64_t>();
        return frames.size() == 2 ? frames[0] + frames[1] : 0;
    } catch (const std::exception&) {
        return 0;
    }
}

std::uint64_t keptFrames(const std::string& path) noexcept {
    const auto checkpoint = CheckpointFolder(path).newest();
    return std::max(framesIn(path), checkpoint ? framesIn(*checkpoint) : 0);
}

} // namespace fxs
