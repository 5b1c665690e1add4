#pragma once

#include "engine/io/hdf5.h"
#include "engine/model/correlation.h"

#include <string>

namespace fxs {

/// Is it a correlation that xFrame wrote: dataset cross_correlation/I1I1?
bool isXframeCorrelation(const h5::File& file);

/// A correlation of another program as sums of this one: C_m(q,q') by the Fourier transform of C2(q,q',Δφ) over Δφ,
/// as one frame. Reads cross_correlation/I1I1 [q][q'][Δφ], radial_points (1/Å), angular_points, xray_wavelength (Å),
/// average_intensity [q]. There are no halves: all is in the first, and frames is {1, 0}.
/// Throws:  Error(notFound, badInput, io) naming the dataset, what was found and what was expected.
CorrelationSums readXframeCorrelation(const std::string& path);

} // namespace fxs
