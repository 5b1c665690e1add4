#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fxs {

/// An image of 8 bit in shades of grey, [row][column] from the top left.
struct GreyImage {
    std::size_t rows = 0, columns = 0;
    std::vector<std::uint8_t> values;
};

/// Decodes a PNG file; colours become grey, transparency is passed over. Throws: Error(badInput) for a damaged one.
GreyImage readPng(const std::string& bytes);

} // namespace fxs
