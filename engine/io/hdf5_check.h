#pragma once

#include "engine/io/hdf5.h"

#include <hdf5.h>

#include <string>

/// For .cpp files of this folder only: calling HDF5 with every result checked.
namespace fxs::h5 {

static_assert(std::is_same_v<hid_t, Id>);

/// Turns HDF5's printing off on this thread (the library keeps one error stack a thread) and empties the stack.
void silence() noexcept;
/// What an errno means, in words for the user.
std::string systemWords(int number);
/// What the innermost entry of this thread's error stack says; the system's words where it holds an errno.
std::string innermostMessage();
/// Throws Error "doing: what HDF5 said"; the code is `code`, or noPermission / io where the stack holds such an errno.
[[noreturn]] void raise(ErrorCode code, const std::string& doing);

/// Calls call(); a negative result becomes an Error. doing() makes the first part of the message ("reading /a of
/// f.h5").
template <class Call, class Doing>
auto checked(ErrorCode code, Doing&& doing, Call&& call) {
    silence();
    const auto result = call();
    if (result < 0)
        raise(code, doing());
    return result;
}

hid_t nativeType(Number number);
/// "float32", "uint16", "text", "complex128", "compound", ...
std::string typeName(hid_t type);
/// UTF-8 of a fixed width, padded with zeros; width 0: of variable length, kept in the file's global heap.
TypeHandle textType(std::size_t width = 0);

} // namespace fxs::h5
