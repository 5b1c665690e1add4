#pragma once

#include "engine/io/euxfel_alignment.h"
#include "engine/io/euxfel_file.h"
#include "engine/model/batch.h"
#include "engine/model/run_source.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace fxs {

/// What a European XFEL run knows of its frames: trainId, pulseId, cellId; every control value, which is one a train; and
/// the X-ray gas monitors' pulse intensities, of which the k-th of a train is taken for its k-th frame.
/// Values of trains that a source lacks are NaN.
/// Memory: 8 bytes a frame and column that is asked for.
class XfelColumns {
public:
    using Open = std::function<const h5::File&(std::size_t file)>;

    XfelColumns() = default;
    /// detector: its name tells which gas monitor is nearest ("SPB_DET_..." and "SPB_XTD9_XGM").
    XfelColumns(const std::vector<XfelFile>& files, const std::string& detector, const Open& open);

    const std::vector<ColumnInfo>& infos() const { return m_infos; }
    /// Throws: Error(badSettings) for a name that is not among them.
    void want(const std::vector<std::string>& names, const std::vector<XfelFile>& files, const XfelAlignment& alignment,
              const Open& open);
    std::vector<FrameColumn> slice(std::uint64_t first, std::size_t count) const;

    /// Name of the column with the energy of each pulse; empty: no gas monitor.
    const std::string& pulseEnergy() const { return m_pulseEnergy; }
    std::vector<double> values(const std::string& name, const std::vector<XfelFile>& files,
                               const XfelAlignment& alignment, const Open& open) const;

private:
    struct Place {
        std::string source, dataset; ///< "SA1_XTD2_XGM/XGM/DOOCS", "CONTROL/.../value"
        bool perPulse = false;
        std::vector<std::size_t> files;
    };
    void addControl(const h5::File& file, std::size_t index, const std::string& source);
    void add(const std::string& name, const std::string& unit, Place place, std::size_t file);

    std::vector<ColumnInfo> m_infos;
    std::map<std::string, Place> m_places;
    std::map<std::string, std::vector<double>> m_loaded;
    std::vector<std::string> m_wanted;
    std::string m_pulseEnergy;
};

} // namespace fxs
