#pragma once

#include "engine/detector/mask.h"
#include "engine/io/hdf5.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fxs {

/// The numbers of a mask file, as they are in it.
struct MaskFile {
    h5::Extent shape;
    std::vector<std::uint32_t> values;
    MaskMeaning usualMeaning =
        MaskMeaning::oneIsValid; ///< what "auto" takes them for: cxi inside a CXI file, else one is valid
};

/// Reads a mask, recognised by content: NumPy's .npy (boolean or integer, C order), HDF5 (name:/path/of/dataset, or
/// the only dataset called mask or data), or a binary PGM image of 8 or 16 bit.
/// Throws:  Error(notFound, noPermission, badInput, unsupported) naming the file, what was found and what was
///          expected.
MaskFile readMaskFile(const std::string& name);

} // namespace fxs
