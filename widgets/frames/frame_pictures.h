#pragma once

#include "engine/backend/frame_browser.h"
#include "widgets/plot/picture.h"

namespace fxs::ui {

/// The pictures a frame is shown as. Any thread. Masked and missing values are NaN.

/// Rings and azimuths: columns are φ in degrees, rows q in 1/Å. Needs a frame with polar data and a run with a polar grid.
PicturePtr polarPicture(const BrowsedFrame& frame);
/// The same rings as a diffraction pattern: columns and rows q_x and q_y in 1/Å, nearest neighbour, the gap in the middle empty.
/// Cost: size² look-ups, 2 ms at 400.
PicturePtr diskPicture(const BrowsedFrame& frame, std::size_t size = 400);
/// A detector's panels one above the other, in pixels (fs along x, ss along y), as they are stored.
PicturePtr detectorPicture(const BrowsedFrame& frame);

} // namespace fxs::ui
