#pragma once

#include "engine/io/layout.h"

namespace fxs {

/// The layout of any other HDF5 file with detector frames in one dataset [frame][ss][fs]: the one that `dataset` names,
/// or the only one of that form. The geometry comes from the settings.
Layout plainFramesLayout();

} // namespace fxs
