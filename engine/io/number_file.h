#pragma once

#include "engine/io/hdf5.h"

#include <string>
#include <vector>

namespace fxs {

/// An array of numbers as it is in a file, in single precision.
struct NumberFile {
    h5::Extent shape;
    std::vector<float> values; ///< the last axis fastest
};

/// Splits "FILE.h5:/path/of/dataset"; dataset is empty where none is named.
struct DatasetName {
    std::string file, dataset;
};
DatasetName splitDatasetName(const std::string& name);

/// Reads NumPy's .npy (numbers, C order, little-endian) or a dataset of an HDF5 file (name:/path/of/dataset, or the only
/// one called data).
/// Throws:  Error(notFound, noPermission, badInput, unsupported, io) naming the file, what was found and what was expected.
NumberFile readNumberFile(const std::string& name);

} // namespace fxs
