#pragma once

#include "widgets/export/figure_data.h"

#include <string>

namespace fxs::ui {

/// Writes a figure's numbers as NXdata, so that silx, NeXpy and h5py find signal, axes, units and errors by themselves:
/// /entry/figure (and figure_2, ... for curves on another x), standard errors as <signal>_errors, further curves on the same x as
/// auxiliary signals; provenance in /entry/notes. Whole or not at all (AtomicOutput); what has that name is replaced.
/// Throws: Error(io, noPermission, notFound) naming the file. Any thread.
void writeFigureHdf5(const FigureData& data, const std::string& path);

} // namespace fxs::ui
