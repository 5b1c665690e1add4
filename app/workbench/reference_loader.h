#pragma once

#include "engine/core/task.h"
#include "widgets/density/reference_overlay.h"

#include <QString>
#include <memory>

namespace fxs::app {

/// Reads a structure (PDB, mmCIF) or a map (MRC/CCP4), told apart by content, lays it over a density (rotation, translation, hand) and
/// compares them. The overlay's map holds what the density's own resolution can show of the reference.
/// Threads: any but the GUI thread. Cost: about 2 s for GroEL.
/// Throws:  Error(notFound, noPermission, io, badInput, ...) as the readers and compare(); Error(badInput) for a file that is neither;
///          Stopped.
std::shared_ptr<const ui::ReferenceOverlay> loadReference(const QString& path, const Reconstruction& density,
                                                          const TaskContext& task);

} // namespace fxs::app
