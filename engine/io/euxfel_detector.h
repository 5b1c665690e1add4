#pragma once

#include "engine/io/euxfel_file.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// A detector of several modules in the files of a European XFEL run: AGIPD, LPD and DSSC ("DET/0CH0:xtdf", group image)
/// or JUNGFRAU ("DET/JNGFR01:daqOutput", group data), as the instrument wrote it (DET) or corrected (CORR).
struct XfelDetector {
    std::string name; ///< "SPB_DET_AGIPD1M-1"
    bool corrected = false;
    bool jungfrau = false;
    std::size_t modules = 0; ///< that the detector has, present or not
    int firstModule = 0;     ///< number of the first one: 1 for JUNGFRAU

    /// One module in one file.
    struct Part {
        std::size_t file = 0;   ///< index into the run's files
        std::size_t module = 0; ///< from 0
        std::string source;     ///< "SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image"
    };
    std::vector<Part> parts;

    std::string group(const Part& part) const { return "INSTRUMENT/" + part.source + "/"; }
    const char* frames() const { return jungfrau ? "adc" : "data"; }
    const char* cell() const { return jungfrau ? "memoryCell" : "cellId"; }
    /// Of a pixel, where the kind of detector says it, in metres. nullopt: pixels that are not square, or not known.
    std::optional<double> pixelSize() const;
    bool isLpd() const { return name.find("LPD") != std::string::npos; }
};

/// All detectors of a run's files, the one to read first: that with most modules, corrected before raw.
std::vector<XfelDetector> findXfelDetectors(const std::vector<XfelFile>& files);

} // namespace fxs
