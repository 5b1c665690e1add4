#pragma once

#include "engine/io/hdf5.h"

#include <cstring>
#include <string>
#include <vector>

namespace fxs {

/// An array of NumPy's .npy format (versions 1 to 3): booleans, integers or floats in C order, little-endian.
/// Source: the format's definition in NumPy's reference, numpy.lib.format.
struct NpyArray {
    h5::Extent shape;
    char kind = 'u';       ///< 'b' boolean, 'u' or 'i' integer, 'f' floating point
    std::size_t width = 1; ///< bytes a number
    std::string type;      ///< as the file says it: "<f4"
    std::string data;      ///< the numbers as stored, the last axis fastest

    bool isInteger() const { return kind != 'f'; }
    /// The numbers, each converted as a cast does.
    template <class T>
    std::vector<T> valuesAs() const;
};

/// Whether a file that begins with these bytes is of that format.
bool isNpy(const std::string& bytes);

/// Throws: Error(io) for a file that is cut off, Error(badInput) for a damaged header or a shape without a number or with more
///         than mostValues, Error(unsupported) for another type, byte order or Fortran order; without the file's name.
NpyArray parseNpy(const std::string& bytes, std::uint64_t mostValues);

/// The file's bytes for an array of unsigned bytes.
std::string npyOf(const h5::Extent& shape, const std::uint8_t* values);

/// The product of an array's axes. what: "array", "mask", for the message.
/// Throws: Error(badInput) where it is 0 or above most.
std::size_t checkedSize(const h5::Extent& shape, std::uint64_t most, const char* what);

// ---- implementation

template <class T>
std::vector<T> NpyArray::valuesAs() const {
    std::vector<T> out(data.size() / width);
    const auto convert = [&]<class Stored>(Stored) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            Stored value;
            std::memcpy(&value, data.data() + i * sizeof(Stored), sizeof(Stored));
            out[i] = static_cast<T>(value);
        }
    };
    if (kind == 'f')
        width == 4 ? convert(float{}) : convert(double{});
    else if (kind == 'i')
        width == 1   ? convert(std::int8_t{})
        : width == 2 ? convert(std::int16_t{})
        : width == 4 ? convert(std::int32_t{})
                     : convert(std::int64_t{});
    else
        width == 1   ? convert(std::uint8_t{})
        : width == 2 ? convert(std::uint16_t{})
        : width == 4 ? convert(std::uint32_t{})
                     : convert(std::uint64_t{});
    return out;
}

} // namespace fxs
