//! Where the channels say how the customers' sides stand, one after the other, to those who look at the cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use crate::domain::ids::CaseId;
use crate::domain::scope::Scope;
use crate::domain::side::Side;
use crate::server::Hub;

/// One thing said of one side; `None` is over.
pub type Said = (CaseId, Option<Side>);

/// What is told at once at most.
const AT_ONCE: usize = 500;

/// Tells what is said until it is told to stop; of what was said of one case meanwhile, only the newest.
pub async fn tell_sides(hub: Arc<Hub>, mut said: UnboundedReceiver<Said>, mut stop: watch::Receiver<bool>) {
    let mut some = Vec::new();
    loop {
        tokio::select! {
            many = said.recv_many(&mut some, AT_ONCE) => if many == 0 { return },
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let newest: BTreeMap<CaseId, Option<Side>> = some.drain(..).collect();
        let cases: Vec<CaseId> = newest.keys().copied().collect();
        let queues = hub.core.run(move |inside| {
            cases.into_iter().map(|case| inside.state.case(case).map(|c| c.queue)).collect::<Vec<_>>()
        });
        let Ok(queues) = queues.await else { return };
        for ((case, side), queue) in newest.into_iter().zip(queues) {
            match (queue, side) {
                (Some(queue), Some(side)) => hub.looks.set_side(case, Scope::History(queue), side),
                _ => hub.looks.forget_side(case),
            }
        }
    }
}
