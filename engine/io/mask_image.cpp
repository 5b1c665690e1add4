#include "engine/io/mask_image.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <memory>

// The decoder is a header of functions; only those for PNG, from memory, and for this file alone.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 65536
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace fxs {

GreyImage readPng(const std::string& bytes) {
    int columns = 0, rows = 0, channels = 0;
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()), &columns,
                              &rows, &channels, 1),
        stbi_image_free);
    if (!pixels)
        throw Error(ErrorCode::badInput, fmt::format("the PNG image cannot be decoded ({})", stbi_failure_reason()));
    GreyImage out{static_cast<std::size_t>(rows), static_cast<std::size_t>(columns), {}};
    out.values.assign(pixels.get(), pixels.get() + out.rows * out.columns);
    return out;
}

} // namespace fxs
