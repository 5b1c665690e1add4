#pragma once

#include "engine/detector/geometry.h"
#include "engine/detector/geometry_file.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// The text of a CrystFEL geometry: lines to fields, fields to numbers, directions and quantities. Part of geometry_crystfel.
/// Throws: Error(badInput) with the line, everywhere.
namespace fxs::crystfel {

inline constexpr double kLargestPixel = 1 << 20;

/// A value with the line it is on, for messages.
struct Text {
    std::string value;
    int line = 0;
};

using Fields = std::map<std::string, Text>;

/// A named thing of the file (panel or bad region), with the defaults that stood where it was first mentioned.
struct Named {
    std::string name;
    int line = 0;
    Fields fields;
};

struct Parsed {
    Fields global;                  ///< with the last value of each, wherever it is
    std::vector<Named> panels, bad; ///< in the order of first mention
};

[[noreturn]] void fail(int line, const std::string& message);

Parsed parseLines(const std::string& text, std::vector<std::string>& remarks);

/// Null: it is not there.
const Text* find(const Fields& fields, const std::string& field);
const Text& required(const Named& thing, const std::string& field);

std::optional<double> asNumber(std::string_view text);
double numberOf(const Text& text, const std::string& field);
/// A pixel's index. Some files write them as 1029.0.
std::size_t indexOf(const Named& thing, const std::string& field);
bool isTrue(const Text* text);
/// 0xff or 255.
std::uint32_t bitsOf(const Fields& fields, const std::string& field, std::uint32_t fallback);
/// "+0.99x -0.01y +0.1z", "x", "-y", "0.5 x + 0.5*y".
Vector3 directionOf(const Text& text, const std::string& field);

/// A number or a place in the run's files, with a unit or without.
struct Quantity {
    double value = 0;
    std::string unit;
    bool place = false;
};
Quantity quantityOf(const Text& text, const std::string& field, const GeometryDefaults& run);
/// With the unit m or mm; without one a number is in m, and what a place holds is times placeScale m.
double metres(const Text& text, const std::string& field, const GeometryDefaults& run, double placeScale);

} // namespace fxs::crystfel
