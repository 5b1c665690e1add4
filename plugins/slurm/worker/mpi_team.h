#pragma once

#include "engine/backend/team.h"

#include <functional>
#include <memory>
#include <string>

namespace fxs::worker {

/// Small words between ranks beside the pipeline's own: what people want, and how far each rank is.
enum class Word : int { stop = 1, finish, progress, log };

/// The ranks of MPI_COMM_WORLD as a team. A thread of its own receives and sends; large reductions are MPI_Reduce.
/// Only messages without a wait are used but for those, so a rank that has left is noticed by whoever waits for it.
/// Owns:    MPI: initialised by the constructor, finalised by end(). One a process.
/// Threads: as Team; send() and everything noexcept from any. Handlers are called from the team's own thread.
/// Throws:  the constructor: Error(unsupported) where MPI knows no threads.
/// Cost:    the thread looks for messages fifty times a second, and five hundred times while somebody waits.
class MpiTeam : public Team {
public:
    struct Handlers {
        std::function<void(int rank, Word word, const std::string& bytes)> onWord;
        std::function<void()> onTick; ///< about ten times a second
    };
    MpiTeam(int& argc, char**& argv);
    ~MpiTeam() override;

    /// Begins to listen; once.
    void listen(Handlers handlers);
    void send(int rank, Word word, const std::string& bytes);
    /// To all others.
    void tell(Word word, const std::string& bytes);
    /// This rank cannot go on: whoever waits for it ends too, with the reason.
    void leave(const std::string& reason) noexcept;
    /// How many nodes the ranks are on. All ranks call it, once, before listen().
    int countNodes() const;

    /// Waits for all ranks to come here, and ends MPI.
    void end();
    /// Ends all ranks at once.
    [[noreturn]] void abort(int status);

    int rank() const override;
    int size() const override;
    std::vector<std::string> gather(std::string mine, const TaskContext& task) override;
    std::string broadcast(std::string fromRoot, const TaskContext& task) override;
    void reduce(std::span<const double> mine, std::span<double> sum) override;
    void askForMeeting() noexcept override;
    bool isMeetingAsked() const noexcept override;
    void beginMeeting() noexcept override;
    void announceDone() override;
    bool areAllDone() const noexcept override;
    void waitForChange(const TaskContext& task) override;
    bool isBroken() const noexcept override;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace fxs::worker
