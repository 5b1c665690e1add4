#pragma once

#include <QComboBox>

namespace fxs::app {

class Workbench;

/// "Run on": the places there are; the choice belongs to the session. A place that is gone leaves this computer chosen.
/// Threads: GUI thread.
class RunOnBox : public QComboBox {
    Q_OBJECT

public:
    explicit RunOnBox(Workbench& workbench, QWidget* parent = nullptr);

private:
    void refresh();

    Workbench& m_workbench;
};

} // namespace fxs::app
