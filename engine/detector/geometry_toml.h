#pragma once

#include "engine/detector/geometry_file.h"

#include <string>

namespace fxs {

/// Whether a text is TOML with tables [[panel]]: the form of geometryToToml() for more than a single facing panel.
bool hasPanelTables(const std::string& text);
/// Throws: Error(badInput) naming the panel and what is missing or wrong; Error(badSettings) for another shape than the
/// run's.
DetectorGeometry panelsFromToml(const std::string& text, const std::string& path, const GeometryDefaults& run);

} // namespace fxs
