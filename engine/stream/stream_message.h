#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fxs {

/// One part of a message as a socket gave it: its bytes, and what keeps them alive.
struct MessagePart {
    std::shared_ptr<const void> owner;
    std::span<const std::byte> bytes;
};

/// What the numbers of an array in a message are. Always little-endian, as every sender known to us writes them.
enum class ElementType { boolean, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, float32, float64 };

std::size_t elementSize(ElementType type); ///< bytes
const char* elementName(ElementType type); ///< NumPy's name: "uint16"
const char* elementCode(ElementType type); ///< NumPy's array-protocol string: "<u2"
/// From NumPy's name ("uint16") or its array-protocol string ("<u2"); nullopt: another type, or big-endian.
std::optional<ElementType> elementType(std::string_view name);

/// An array of a message, where it lies in the message: not copied, and not aligned.
struct StreamArray {
    std::string source, path; ///< "SPB_DET_AGIPD1M-1/CAL/APPEND_CORRECTED", "image.data"
    ElementType type = ElementType::float32;
    std::vector<std::size_t> shape;    ///< the last axis fastest
    std::span<const std::byte> bytes;  ///< of size() elements
    std::shared_ptr<const void> owner; ///< keeps bytes alive

    std::size_t size() const; ///< elements
    /// Elements [first, first + out.size()) as another type; booleans are 0 and 1. Throws: Error(badInput) beyond the
    /// end.
    void copyTo(std::size_t first, std::span<float> out) const;
    void copyTo(std::size_t first, std::span<double> out) const;
};

/// A value of a message that is no array. Lists of numbers arrive as arrays, other lists as the texts of their elements.
struct StreamValue {
    std::string source, path;
    std::variant<double, std::string, std::vector<std::string>> value;
};

/// One sender in a message, and when its data were taken.
struct StreamOrigin {
    std::string name;
    std::optional<std::uint64_t> trainId; ///< "timestamp.tid"
    double timestamp = 0;                 ///< s since 1970; 0: not said
};

/// A decoded message: at the European XFEL all that belongs to one train.
struct StreamMessage {
    std::vector<StreamOrigin> origins;
    std::vector<StreamArray> arrays;
    std::vector<StreamValue> values;

    /// Null if there is none of that name.
    const StreamArray* findArray(std::string_view source, std::string_view path) const;
    const StreamValue* findValue(std::string_view source, std::string_view path) const;
    /// The first train id that an origin has.
    std::optional<std::uint64_t> trainId() const;
};

} // namespace fxs
