#include "app/fxs/crash_message.h"

#include "engine/io/hdf5.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace fxs::app {

namespace {

void put(std::string_view text) {
    // Nothing can be done about a failed write any more.
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

void explain(int) {
    put("fxs: the program crashed");
    if (const char* file = h5::lastOpened(); *file) {
        put("; the file that it opened last, ");
        put({file, std::strlen(file)});
        put(", may be damaged (h5dump -H looks at it without this program)");
    }
    put("; FXS_DUMP_CORE=1 leaves a core dump\n");
    _exit(1);
}

} // namespace

void explainCrashes() {
    if (std::getenv("FXS_DUMP_CORE"))
        return;
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE})
        std::signal(signal, explain);
}

} // namespace fxs::app
