#include "engine/io/hdf5_heap_check.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

namespace fxs::h5 {

namespace {

constexpr std::size_t kWindow = std::size_t{256} << 10; // headers are written early, or when the file is closed
constexpr std::size_t kHeader = 16;                     // of a collection, and of each object in it

std::uint64_t number(const char* at, int bytes) {
    std::uint64_t value = 0;
    for (int i = bytes; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(at[i]);
    return value;
}

/// "GCOL", version 1, three reserved zeros: what every global heap begins with. Eight bytes do not come by chance.
bool isHeap(const char* at) {
    static constexpr std::array<char, 8> kSignature{'G', 'C', 'O', 'L', 1, 0, 0, 0};
    return std::memcmp(at, kSignature.data(), kSignature.size()) == 0;
}

/// Whether the objects of a collection stay within it; what is beyond the bytes at hand is not judged.
bool isSound(const char* heap, std::size_t bytes, std::uint64_t toEndOfFile) {
    const std::uint64_t size = number(heap + 8, 8);
    if (size < kHeader || size > toEndOfFile)
        return false;
    for (std::uint64_t at = kHeader; at + kHeader <= size;) {
        if (at + kHeader > bytes)
            return true;
        const std::uint64_t index = number(heap + at, 2), length = number(heap + at + 8, 8);
        if (index == 0) // the rest is free; a length of 0 would be read for ever
            return length >= kHeader && length <= size - at;
        if (length > size - at - kHeader)
            return false;
        at += kHeader + (length + 7) / 8 * 8;
    }
    return true;
}

} // namespace

void requireSoundHeaps(const std::string& path, std::uint64_t fileBytes) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> bytes;
    const auto check = [&](std::uint64_t from) {
        bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kWindow, fileBytes - from)));
        file.seekg(static_cast<std::streamoff>(from));
        if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
            return;
        for (std::size_t at = 0; at + kHeader <= bytes.size(); at += 8)
            if (bytes[at] == 'G' && isHeap(bytes.data() + at) &&
                !isSound(bytes.data() + at, bytes.size() - at, fileBytes - from - at))
                throw Error(ErrorCode::badInput,
                            fmt::format("opening {}: the file is damaged: its heap of texts at byte {} does not fit "
                                        "together",
                                        path, from + at));
    };
    check(0);
    if (fileBytes > kWindow)
        check(std::max<std::uint64_t>(kWindow, (fileBytes - kWindow) / 8 * 8));
}

} // namespace fxs::h5
