#pragma once

#include "engine/io/hdf5.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fxs {

/// What one file of a European XFEL run says of itself: groups METADATA and INDEX, in the format versions 0.5 (without a
/// number; indices of first, last and status), 1.0, 1.1 (flags inverted) and 1.2 on.
/// Throws: Error(badInput, notFound) naming what is missing or damaged.
class XfelFile {
public:
    /// Has the file the groups that this layout is recognised by?
    static bool isOne(const h5::File& file) { return file.hasGroup("METADATA") && file.hasGroup("INDEX"); }

    explicit XfelFile(const h5::File& file);

    const std::string& path() const { return m_path; }
    const std::string& version() const { return m_version; } ///< "0.5", "1.0", ...
    /// Ids of the trains, in the order in which indices count them.
    const std::vector<std::uint64_t>& trains() const { return m_trains; }
    /// Whether a train's id came from the clock; others are left out.
    bool isGood(std::size_t train) const { return m_good[train] != 0; }
    /// "INSTRUMENT/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image", "CONTROL/SA1_XTD2_XGM/XGM/DOOCS", ...
    const std::vector<std::string>& sources() const { return m_sources; }

    /// The entries of a source that belong to each train: [first, first + count).
    struct Range {
        std::uint64_t first = 0, count = 0;
    };
    /// source: without its root, e.g. "SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image".
    std::vector<Range> index(const h5::File& file, const std::string& source) const;

private:
    void readSources(const h5::File& file);
    void readFlags(const h5::File& file);

    std::string m_path, m_version = "0.5";
    std::vector<std::uint64_t> m_trains;
    std::vector<std::uint8_t> m_good;
    std::vector<std::string> m_sources;
};

} // namespace fxs
