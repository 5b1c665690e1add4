#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace fxs {

/// Where a growing correlation is kept against a sudden end: CORRELATION.h5.checkpoint/NUMBER/CORRELATION.h5 beside the
/// result's place, the files of labels with it. A new number is whole before the older ones go, so that there is a whole
/// one at any moment.
/// Threads: one at a time.
class CheckpointFolder {
public:
    /// path: of the result; empty: nothing is kept.
    explicit CheckpointFolder(std::string path);

    /// The newest whole one's file of all; nothing if there is none.
    std::optional<std::string> newest() const;
    /// write(file): writes the file of all last. Throws: Error(noPermission, io), what write throws; older ones then stay.
    void keep(const std::function<void(const std::string& file)>& write);
    /// Removes all of it: the result is there.
    void remove() noexcept;

private:
    std::string m_name, m_folder;
};

/// How many frames a correlation's file holds; 0 for one that is not there or cannot be read.
std::uint64_t framesIn(const std::string& correlationFile) noexcept;
/// How many there are to go on from: in a result's file or in its newest checkpoint, whatever holds more.
std::uint64_t keptFrames(const std::string& path) noexcept;

} // namespace fxs
