#pragma once

// QCustomPlot's header with Qt's keywords, which the rest of the program is compiled without (QT_NO_KEYWORDS: `emit` breaks oneTBB).
#include <QtWidgets>

#define signals Q_SIGNALS
#define slots Q_SLOTS
#define emit Q_EMIT
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef emit
#undef foreach
