#pragma once

#include "app/fxs/command_context.h"
#include "app/fxs/setting_options.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace fxs::app {

/// One command of the program: says its options, then runs. One file a command; see command_list.cpp.
class Command {
public:
    virtual ~Command() = default;
    virtual const char* name() const = 0;
    virtual const char* brief() const = 0;
    /// Adds what the command takes besides the options that all have (--settings, --json, --threads).
    virtual void describe(CLI::App& app) = 0;
    /// Works. Throws: UsageError (exit status 2), Error (1), Stopped (130).
    virtual void run(CommandContext& context) = 0;
};

} // namespace fxs::app
