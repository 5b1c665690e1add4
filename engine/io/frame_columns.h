#pragma once

#include "engine/io/hdf5.h"
#include "engine/model/batch.h"
#include "engine/model/run_source.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fxs {

/// What a file knows of each of its frames beside their pixels: datasets of one value a frame, [frame] or [frame][1].
/// Names are short (the dataset's own, with its group's before it where two are alike), and made of letters, digits and
/// "_" only, so that they can stand in an expression.
/// Memory:  a column is read as a whole when it is first asked for: 8 bytes a frame, or its texts.
class FrameColumns {
public:
    explicit FrameColumns(std::uint64_t frames = 0) : m_frames(frames) {}

    /// One dataset, if it has one value a frame; says whether. name: empty for the dataset's own; unit: empty for the
    /// dataset's attribute "units".
    bool add(const h5::Dataset& dataset, const std::string& name = {}, const std::string& unit = {});
    /// Every such dataset of a group and, to a depth, of the groups in it; soft links to what is there already are
    /// passed over.
    void addGroup(const h5::Group& group, int depth = 1);
    /// Values that a layout works out itself, one a frame.
    void addValues(ColumnInfo info, std::vector<double> values);

    const std::vector<ColumnInfo>& infos() const { return m_infos; }
    bool has(const std::string& name) const;

    /// Reads what is asked for. Throws: Error(badSettings) naming a column that is not there, and those that are.
    void want(const std::vector<std::string>& names, const h5::File& file);
    /// The wanted columns of frames [first, first + count).
    std::vector<FrameColumn> slice(std::uint64_t first, std::size_t count) const;
    /// One column of numbers, all frames. Throws: as want(); Error(badInput) for texts.
    const std::vector<double>& numbers(const std::string& name, const h5::File& file);

private:
    const FrameColumn& load(const std::string& name, const h5::File& file);
    std::string freeName(const std::string& path, const std::string& name) const;

    std::uint64_t m_frames = 0;
    std::vector<ColumnInfo> m_infos;
    std::map<std::string, FrameColumn> m_loaded;
    std::vector<std::string> m_wanted;
};

/// Throws: Error(badSettings) for a name that is not among the columns of the run, naming those that are.
void requireColumns(const RunInfo& info, const std::vector<std::string>& names);

/// "INSTRUMENT/XGM:output/intensity" as a name of a column: letters, digits and "_".
std::string columnName(const std::string& text);

} // namespace fxs
