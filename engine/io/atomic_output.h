#pragma once

#include <string>

namespace fxs {

/// How an output is written.
struct WriteOptions {
    bool force = false; ///< an output that is already there is replaced; else it is an error
};

/// An output that appears under its name only when whole: it is written under a temporary name in the same folder and
/// renamed.
///
///     AtomicOutput output(path, options);
///     { h5::File file = h5::File::create(output.temporaryPath()); ...; file.close(); }
///     output.commit();
/// Owns:    the temporary file; without commit() it is removed.
/// Throws:  Error(exists) if path is there and force is not set, before anything is written; Error(notFound,
/// noPermission) for a
///          folder that is not there or may not be written to; Error(io) where renaming fails.
class AtomicOutput {
public:
    AtomicOutput(std::string path, const WriteOptions& options);
    ~AtomicOutput();
    AtomicOutput(AtomicOutput&& other) noexcept;
    AtomicOutput& operator=(AtomicOutput&&) = delete;

    const std::string& path() const { return m_path; }
    const std::string& temporaryPath() const { return m_temporary; }
    /// Makes sure that the bytes are on the disk, then renames.
    void commit();

private:
    std::string m_path, m_temporary;
    bool m_force;
};

/// Text as a whole file, in the same way.
void writeTextFile(const std::string& path, const std::string& text, const WriteOptions& options);

} // namespace fxs
