#include "engine/io/hdf5_check.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace fxs::h5 {

namespace {

struct Innermost {
    std::string text;
};

herr_t keepInnermost(unsigned, const H5E_error2_t* entry, void* data) {
    // Walking upward begins at the innermost entry: the first non-empty text is the cause, the rest is the way out.
    auto& found = *static_cast<Innermost*>(data);
    if (found.text.empty() && entry->desc && *entry->desc)
        found.text = entry->desc;
    return 0;
}

/// The number after "errno = " in HDF5's text; 0 if there is none.
int errnoIn(const std::string& text) {
    static constexpr std::string_view kKey = "errno = ";
    const auto at = text.find(kKey);
    int number = 0;
    if (at != std::string::npos)
        std::from_chars(text.data() + at + kKey.size(), text.data() + text.size(), number);
    return number;
}

std::string stackText() {
    Innermost found;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keepInnermost, &found);
    return found.text;
}

} // namespace

std::string systemWords(int number) {
    switch (number) {
    case ENOSPC:
        return "the disk is full";
    case EDQUOT:
        return "the disk quota is used up";
    case EFBIG:
        return "the file would be larger than the system allows";
    case EAGAIN:
        return "another program has the file open for writing (on a network file system, set "
               "HDF5_USE_FILE_LOCKING=FALSE)";
    default:
        return std::strerror(number);
    }
}

void silence() noexcept {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5Eclear2(H5E_DEFAULT);
}

std::string innermostMessage() {
    const std::string text = stackText();
    if (const int number = errnoIn(text))
        return systemWords(number);
    return text.empty() ? "HDF5 gives no reason" : text;
}

void raise(ErrorCode code, const std::string& doing) {
    const int number = errnoIn(stackText());
    if (number == EACCES || number == EPERM)
        code = ErrorCode::noPermission;
    else if (number == ENOENT)
        code = ErrorCode::notFound;
    else if (number != 0)
        code = ErrorCode::io;
    throw Error(code, fmt::format("{}: {}", doing, innermostMessage()));
}

hid_t nativeType(Number number) {
    switch (number) {
    case Number::int8:
        return H5T_NATIVE_INT8;
    case Number::uint8:
        return H5T_NATIVE_UINT8;
    case Number::int16:
        return H5T_NATIVE_INT16;
    case Number::uint16:
        return H5T_NATIVE_UINT16;
    case Number::int32:
        return H5T_NATIVE_INT32;
    case Number::uint32:
        return H5T_NATIVE_UINT32;
    case Number::int64:
        return H5T_NATIVE_INT64;
    case Number::uint64:
        return H5T_NATIVE_UINT64;
    case Number::float32:
        return H5T_NATIVE_FLOAT;
    case Number::float64:
        return H5T_NATIVE_DOUBLE;
    }
    return H5T_NATIVE_DOUBLE;
}

std::string typeName(hid_t type) {
    const std::size_t bits = 8 * H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        return fmt::format("{}int{}", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
    case H5T_FLOAT:
        return fmt::format("float{}", bits);
    case H5T_STRING:
        return "text";
    case H5T_ENUM:
        return "boolean"; // h5py and NeXus write booleans so; other enumerations read as their numbers
    case H5T_COMPOUND:
        // h5py's complex numbers: two floats named r and i.
        if (H5Tget_nmembers(type) == 2 && H5Tget_member_index(type, "r") == 0 && H5Tget_member_index(type, "i") == 1)
            return fmt::format("complex{}", bits);
        return "compound";
    case H5T_VLEN:
        return "variable-length";
    case H5T_REFERENCE:
        return "reference";
    default:
        return "other";
    }
}

TypeHandle textType(std::size_t width) {
    const auto doing = [] { return std::string("making a text type"); };
    TypeHandle type(checked(ErrorCode::internal, doing, [] { return H5Tcopy(H5T_C_S1); }));
    checked(ErrorCode::internal, doing, [&] { return H5Tset_size(type.id(), width > 0 ? width : H5T_VARIABLE); });
    checked(ErrorCode::internal, doing, [&] { return H5Tset_strpad(type.id(), H5T_STR_NULLPAD); });
    checked(ErrorCode::internal, doing, [&] { return H5Tset_cset(type.id(), H5T_CSET_UTF8); });
    return type;
}

} // namespace fxs::h5
