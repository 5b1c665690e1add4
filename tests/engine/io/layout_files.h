#pragma once

#include "engine/io/run_reader.h"
#include "tests/engine/io/test_folder.h"

#include <algorithm>
#include <cmath>
#include <string>

/// Files of a layout, made once a test program by an independent writer (tests/engine/io/writers, h5py).
class LayoutFiles {
public:
    /// False where Python or h5py is missing, or the writer fails.
    bool make(const std::string& writer) {
        // h5py finds the plugins of filters where Debian puts them, whichever HDF5 it was built with.
        const std::string command =
            "HDF5_PLUGIN_PATH=${HDF5_PLUGIN_PATH:-/usr/lib/x86_64-linux-gnu/hdf5/serial/plugins} "
            "/usr/bin/python3 -B " FXS_SOURCE_DIR "/tests/engine/io/writers/" +
            writer + ".py '" + m_folder.path("") + "'";
        return hasPython() && std::system(command.c_str()) == 0;
    }
    std::string operator()(const std::string& name) const { return m_folder.path(name); }

private:
    TestFolder m_folder;
};

/// All problems of a run as one text.
inline std::string problemsOf(const fxs::RunSource& run) {
    std::string all;
    for (const fxs::Problem& problem : run.info().problems)
        all += problem.message + "\n";
    for (const fxs::Problem& problem : run.problemsFound())
        all += problem.message + "\n";
    return all;
}

inline std::string metadataOf(const fxs::RunSource& run, const std::string& name) {
    for (const auto& [key, value] : run.info().metadata)
        if (key == name)
            return value;
    return {};
}

/// Values of one column for all frames of a run, read in pieces of three frames.
inline std::vector<double> columnOf(fxs::RunSource& run, const std::string& name) {
    run.wantColumns({name});
    std::vector<double> out;
    for (std::uint64_t f = 0; f < *run.info().frameCount; f += 3) {
        const auto columns = run.isPolar() ? run.readPolar(f, 3, {}).columns : run.readFrames(f, 3, {}).columns;
        if (columns.size() != 1 || columns[0].name != name)
            return {};
        out.insert(out.end(), columns[0].numbers.begin(), columns[0].numbers.end());
    }
    return out;
}

inline bool hasColumn(const fxs::RunSource& run, const std::string& name) {
    return std::ranges::find(run.info().columns, name, &fxs::ColumnInfo::name) != run.info().columns.end();
}

inline double wavelengthOf(const fxs::RunSource& run) {
    return run.info().experiment.wavelengthKnown ? run.info().experiment.wavelengthAngstrom : -1;
}
