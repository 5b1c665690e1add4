#include "engine/mtip/reconstruction_state.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace fxs {

namespace {

constexpr char kMagic[8] = {'F', 'X', 'S', 'P', 'H', 'A', 'S', '1'};
constexpr std::uint64_t kByteOrder = 0x0102030405060708;

void put(std::ofstream& out, std::uint64_t value) {
    out.write(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Reads from a file whose size is known, so that a damaged length never asks for memory that the file could not fill.
class Reader {
public:
    explicit Reader(const std::string& path) : m_in(path, std::ios::binary) {
        if (!m_in) {
            const int number = errno;
            throw Error(number == ENOENT ? ErrorCode::notFound
                                         : (number == EACCES ? ErrorCode::noPermission : ErrorCode::io),
                        fmt::format("cannot be opened ({})", std::strerror(number)));
        }
        std::error_code failure;
        m_left = std::filesystem::file_size(path, failure);
        if (failure)
            throw Error(ErrorCode::io, failure.message());
    }

    void read(void* to, std::uint64_t bytes) {
        if (bytes > m_left || !m_in.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)))
            throw Error(ErrorCode::badInput, "it ends early");
        m_left -= bytes;
    }
    std::uint64_t number() {
        std::uint64_t value;
        read(&value, sizeof value);
        return value;
    }
    std::uint64_t count(std::uint64_t unit) {
        const std::uint64_t n = number();
        if (n > m_left / unit)
            throw Error(ErrorCode::badInput, fmt::format("a length of {} where {} bytes are left", n, m_left));
        return n;
    }
    std::uint64_t left() const { return m_left; }

private:
    std::ifstream m_in;
    std::uint64_t m_left = 0;
};

} // namespace

void writeReconstructionState(const std::string& path, const ReconstructionState& state, const WriteOptions& options) {
    withContext("writing phasing state " + path, [&] {
        AtomicOutput output(path, options);
        std::ofstream out(output.temporaryPath(), std::ios::binary);
        out.write(kMagic, sizeof kMagic);
        put(out, kByteOrder);
        put(out, state.fingerprint);
        put(out, state.restarts.size());
        for (const auto& [name, values] : state.restarts) {
            put(out, name.size());
            out.write(name.data(), static_cast<std::streamsize>(name.size()));
            put(out, values.size());
            out.write(reinterpret_cast<const char*>(values.data()),
                      static_cast<std::streamsize>(values.size() * sizeof(double)));
        }
        out.close();
        if (!out)
            throw Error(ErrorCode::io, "not everything could be written: the disk may be full");
        output.commit();
    });
}

ReconstructionState readReconstructionState(const std::string& path) {
    return withContext("reading phasing state " + path, [&] {
        Reader in(path);
        char magic[sizeof kMagic];
        in.read(magic, sizeof magic);
        if (std::memcmp(magic, kMagic, sizeof kMagic) != 0 || in.number() != kByteOrder)
            throw Error(ErrorCode::badInput, "not a phasing state of this program on this kind of machine");
        ReconstructionState state;
        state.fingerprint = in.number();
        for (std::uint64_t k = in.count(2 * sizeof(std::uint64_t)); k > 0; --k) {
            std::string name(in.count(1), '\0');
            in.read(name.data(), name.size());
            std::vector<double> values(in.count(sizeof(double)));
            in.read(values.data(), values.size() * sizeof(double));
            state.restarts[std::move(name)] = std::move(values);
        }
        if (in.left() != 0)
            throw Error(ErrorCode::badInput, fmt::format("{} bytes beyond its end", in.left()));
        return state;
    });
}

} // namespace fxs
