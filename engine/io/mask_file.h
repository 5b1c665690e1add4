#pragma once

#include "engine/core/array.h"
#include "engine/detector/mask.h"
#include "engine/io/atomic_output.h"
#include "engine/io/hdf5.h"

#include <array>
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
/// the only dataset called mask or data), a PNG image (its grey, 8 bit; first row: ss = 0),
/// or a binary PGM image of 8 or 16 bit.
/// Throws:  Error(notFound, noPermission, badInput, unsupported) naming the file, what was found and what was
///          expected.
MaskFile readMaskFile(const std::string& name);

/// Whether a mask of one shape is one of the other, axes of one entry aside: [ss][fs] fits [1][ss][fs]; and so do
/// rows that follow one another: [panels * ss][fs] fits [panels][ss][fs].
bool sameMaskShape(const h5::Extent& file, const h5::Extent& run);

/// A mask file as a mask of the given shape, 1 = valid: [panel][ss][fs] of a run of frames, [1][q][phi] of one of polar images.
/// meaning: as the setting mask-meaning says it ("auto", "one-is-valid", "zero-is-valid", "cxi").
/// Throws:  as readMaskFile(); Error(badInput) for another shape. A mask without a valid pixel is none of its business.
Array<std::uint8_t, 3> readMask(const std::string& name, const std::string& meaning,
                                const std::array<std::size_t, 3>& shape);

/// Writes a mask [panel][ss][fs] of zeros and ones (1 = valid) that readMaskFile() reads back as it was: as NumPy's .npy where the
/// name ends so, else as HDF5 (dataset /mask, a link to the plottable /entry/data/mask). A single panel is written [ss][fs].
/// Throws:  as AtomicOutput; the file appears whole or not at all.
void writeMaskFile(const std::string& path, View<const std::uint8_t, 3> mask, const WriteOptions& options = {});

} // namespace fxs
