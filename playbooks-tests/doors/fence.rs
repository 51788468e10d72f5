//! The last look before bytes leave (promise B3): what closed meanwhile lets nothing out, on any way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::net::loopback::TcpServer;
use lifeboat::net::{
    Deadline, Fence, Http, HttpRequest, Method, NetError, Origin, Question, Refusals, Transport,
};

use super::servers::{Echo, Web, response};
use super::{AMPLE, live, play};

pub fn trials() -> Vec<Trial> {
    trials![
        b3_nothing_leaves_through_a_fence_that_is_closed,
        b3_a_fence_is_asked_once_the_connection_stands,
        b3_a_request_whose_deadline_passed_while_it_connected_does_not_leave,
        an_open_fence_changes_nothing,
    ]
}

fn closed() -> Fence {
    Fence::new(|| Err("berta took the run over".to_owned()))
}

fn b3_nothing_leaves_through_a_fence_that_is_closed() {
    play(async {
        let web = Web::start(|_| response("204 No Content", "", b"")).await;
        let door = live(&[]).fenced(closed());
        let request = HttpRequest::new(Method::Patch, web.url("/"), AMPLE);
        let barred = NetError::Barred("berta took the run over".to_owned());
        assert_eq!(
            Http::new(live(&[])).fenced(closed()).request(request).await.unwrap_err(),
            barred
        );
        let peer = door.admit(web.address, Transport::Tcp, Origin::Estate).unwrap();
        assert_eq!(door.tcp(&peer, Deadline::after(AMPLE)).await.unwrap_err(), barred);
        let echo = Echo::silent().await;
        let peer = door.admit(echo.address, Transport::Udp, Origin::Estate).unwrap();
        let question = Question {
            request: b"update".to_vec(),
            tries: vec![Duration::ZERO],
            until: Deadline::after(Duration::from_millis(50)),
            linger: Duration::ZERO,
            companion: None,
            every: false,
            accept: Arc::new(|_| true),
            refusals: Refusals::Final,
        };
        for asked in
            [door.ask_connected(&peer, &question).await, door.ask_shared(&peer, &question).await]
        {
            assert_eq!((asked.answer.unwrap_err(), asked.sent), (barred.clone(), 0));
        }
        assert_eq!((web.requests().len(), echo.count()), (0, 0), "something left");
    });
}

/// Takes connections, and counts those on which a byte arrives.
async fn counted() -> (TcpServer, Arc<AtomicUsize>) {
    (TcpServer::open().await.unwrap(), Arc::new(AtomicUsize::new(0)))
}

fn b3_a_fence_is_asked_once_the_connection_stands() {
    play(async {
        let (server, heard) = counted().await;
        let (url, count) = (format!("http://{}/", server.address()), Arc::clone(&heard));
        let accepted = Arc::new(AtomicUsize::new(0));
        let stands = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok(mut stream) = server.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                let read = stream.read_some(1, Deadline::after(AMPLE)).await.unwrap_or_default();
                count.fetch_add(read.len(), Ordering::SeqCst);
            }
        });
        let asked = Arc::new(AtomicUsize::new(0));
        let times = Arc::clone(&asked);
        let fence = Fence::new(move || {
            times.fetch_add(1, Ordering::SeqCst);
            Err("the run was taken over while it connected".to_owned())
        });
        let request = HttpRequest::new(Method::Patch, url, AMPLE);
        let error = Http::new(live(&[])).fenced(fence).request(request).await.unwrap_err();
        assert!(matches!(error, NetError::Barred(_)) && error.surely_not_sent(), "{error}");
        let end = Deadline::after(AMPLE);
        while stands.load(Ordering::SeqCst) == 0 {
            assert!(!end.passed(), "it was asked before there was a connection");
            tokio::task::yield_now().await;
        }
        assert_eq!((asked.load(Ordering::SeqCst), heard.load(Ordering::SeqCst)), (1, 0));
    });
}

fn b3_a_request_whose_deadline_passed_while_it_connected_does_not_leave() {
    play(async {
        let web = Web::start(|_| response("204 No Content", "", b"")).await;
        let mut request = HttpRequest::new(Method::Patch, web.url("/"), AMPLE);
        request.deadline = Deadline::after(Duration::ZERO);
        let open = Fence::new(|| Ok(()));
        let sent = Http::new(live(&[])).fenced(open).request(request).await;
        assert!(sent.is_err(), "{sent:?}");
        tokio::task::yield_now().await;
        assert_eq!(web.requests().len(), 0);
    });
}

fn an_open_fence_changes_nothing() {
    play(async {
        let web = Web::start(|_| response("204 No Content", "", b"")).await;
        let request = HttpRequest::new(Method::Patch, web.url("/"), AMPLE);
        let open = Fence::new(|| Ok(()));
        let reply = Http::new(live(&[])).fenced(open).request(request).await.unwrap();
        assert_eq!((reply.status, web.requests().len()), (204, 1));
        let port = lifeboat::net::loopback::RefusingPort::tcp().unwrap();
        let request = HttpRequest::new(Method::Patch, format!("http://{}/", port.address()), AMPLE);
        let open = Fence::new(|| Ok(()));
        let refused = Http::new(live(&[])).fenced(open).request(request).await.unwrap_err();
        assert_eq!(refused, NetError::Refused);
    });
}
