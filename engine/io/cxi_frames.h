#pragma once

#include "engine/io/frame_reader.h"

namespace fxs {

/// What all layouts with group entry_1 have in common (cxidb.org/cxi.html): frames, beam, detector, mask, columns.
/// The frames are the dataset of the settings, else entry_1/data_1/data (it may be a link), else the first detector's
/// or image's.
/// Throws: Error(notFound, badInput): no frames; a mask of another shape.
FrameFile readCxiFrames(h5::File file, const InputSettings& settings, MaskMeaning meaning = MaskMeaning::cxi);

/// A photon energy as a wavelength, with where it was found; energies that no X-ray photon has are told, not used.
/// False where nothing was usable. expectJoule: what the standard says; the other unit is recognised by its size.
bool takePhotonEnergy(double energy, const std::string& path, bool expectJoule, RunInfo& info);

} // namespace fxs
