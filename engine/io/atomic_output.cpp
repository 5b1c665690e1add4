#include "engine/io/atomic_output.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace fxs {

namespace {

ErrorCode codeOf(int number) {
    switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
        return ErrorCode::noPermission;
    case ENOENT:
    case ENOTDIR:
        return ErrorCode::notFound;
    case EEXIST:
        return ErrorCode::exists;
    default:
        return ErrorCode::io;
    }
}

[[noreturn]] void fail(const std::string& doing, int number) {
    throw Error(codeOf(number),
                fmt::format("{}: {}", doing, number == ENOSPC ? "the disk is full" : std::strerror(number)));
}

bool isThere(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

[[noreturn]] void failExists(const std::string& path) {
    throw Error(ErrorCode::exists, fmt::format("{} is already there; it is replaced only with --force", path));
}

} // namespace

AtomicOutput::AtomicOutput(std::string path, const WriteOptions& options)
    : m_path(std::move(path)), m_force(options.force) {
    static std::atomic<unsigned> counter{0};
    if (m_path.empty())
        throw Error(ErrorCode::badSettings, "the output has no name");
    std::error_code ignored;
    if (std::filesystem::is_directory(m_path, ignored))
        throw Error(ErrorCode::exists, fmt::format("writing {}: a folder has that name", m_path));
    if (!m_force && isThere(m_path))
        failExists(m_path);
    // A link stays a link: what it points to is replaced.
    if (std::filesystem::is_symlink(m_path, ignored)) {
        const auto target = std::filesystem::weakly_canonical(m_path, ignored);
        if (!ignored)
            m_path = target.string();
    }
    const auto place = std::filesystem::path(m_path);
    const auto temporary =
        place.parent_path() / fmt::format(".{}.{}-{}.part", place.filename().string(), getpid(), counter++);
    // Made at once, so that a folder that cannot be written to is found before hours of work.
    const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        fail("writing " + m_path, errno);
    close(file);
    m_temporary = temporary.string();
}

AtomicOutput::AtomicOutput(AtomicOutput&& other) noexcept
    : m_path(std::move(other.m_path)), m_temporary(std::exchange(other.m_temporary, {})), m_force(other.m_force) {}

AtomicOutput::~AtomicOutput() {
    if (!m_temporary.empty())
        unlink(m_temporary.c_str());
}

void AtomicOutput::commit() {
    const std::string doing = "writing " + m_path;
    const int file = open(m_temporary.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        fail(doing, errno);
    const int synced = fsync(file);
    const int why = errno;
    close(file);
    if (synced != 0 && why != EINVAL) // some file systems cannot; that is no loss
        fail(doing, why);
    if (m_force) {
        if (std::rename(m_temporary.c_str(), m_path.c_str()) != 0)
            fail(doing, errno);
    } else {
        // link() refuses an existing name in the same instant, so that two programs cannot both win.
        if (link(m_temporary.c_str(), m_path.c_str()) == 0) {
            unlink(m_temporary.c_str());
        } else if (errno == EEXIST) {
            failExists(m_path);
        } else if (isThere(m_path)) {
            failExists(m_path);
        } else if (std::rename(m_temporary.c_str(), m_path.c_str()) != 0) { // file systems without hard links
            fail(doing, errno);
        }
    }
    m_temporary.clear();
}

void writeTextFile(const std::string& path, const std::string& text, const WriteOptions& options) {
    AtomicOutput output(path, options);
    const int file = open(output.temporaryPath().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (file < 0)
        fail("writing " + path, errno);
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t written = write(file, text.data() + done, text.size() - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            const int why = errno;
            close(file);
            fail("writing " + path, why);
        }
        done += static_cast<std::size_t>(written);
    }
    if (close(file) != 0)
        fail("writing " + path, errno);
    output.commit();
}

} // namespace fxs
