#include "engine/io/layout.h"

#include "engine/io/cxi.h"
#include "engine/io/euxfel_run.h"
#include "engine/io/nxmx.h"
#include "engine/io/plain_frames.h"
#include "engine/io/polar_run.h"
#include "engine/io/small_data.h"

#include <fmt/format.h>

namespace fxs {

const std::vector<Layout>& layouts() {
    static const std::vector<Layout> all = {polarRunLayout(), xfelRunLayout(), smallDataLayout(), xfelCxiLayout(),
                                            cheetahLayout(),  cxiLayout(),     nxmxLayout(),      plainFramesLayout()};
    return all;
}

Result<RecognisedLayout> recogniseLayout(const h5::File& file, const InputSettings& settings) {
    std::string reasons;
    for (const Layout& layout : layouts()) {
        auto reason = layout.probe(file, settings);
        if (reason)
            return RecognisedLayout{&layout, *reason};
        reasons += fmt::format("; {}: {} ({})", layout.name, layout.lookedFor, reason.error().message());
    }
    std::string found;
    for (const h5::Entry& entry : file.entries())
        found += (found.empty() ? "" : ", ") + entry.name;
    return Error(ErrorCode::unsupported,
                 fmt::format("{} is an HDF5 file of no layout that this program reads; it holds {}. Looked for{}",
                             file.filePath(), found.empty() ? "nothing" : found, reasons.substr(1)));
}

} // namespace fxs
